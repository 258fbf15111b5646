import { page } from "../../page";
import { mayOf } from "../administration/parts";
import { readShown } from "./shown";

export default page({
  path: "/administration/webhooks/$id",
  may: mayOf("webhooks"),
  search: readShown,
  load: () => import("./WebhookPage"),
});
