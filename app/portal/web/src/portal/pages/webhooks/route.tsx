import { page } from "../../page";
import { mayOf } from "../administration/parts";

export default page({
  path: "/administration/webhooks",
  may: mayOf("webhooks"),
  load: () => import("./WebhooksPage"),
});
