import { page } from "../../page";
import { readShown } from "./shown";

export default page({
  path: "/automations/$id",
  may: ["MANAGE_PLAYBOOKS"],
  search: readShown,
  load: () => import("./AutomationPage"),
});
