import { page } from "../../page";
import { mayOf } from "../administration/parts";

export default page({
  path: "/administration/consumers",
  may: mayOf("consumers"),
  load: () => import("./ConsumersPage"),
});
