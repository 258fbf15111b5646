import { page } from "../../page";
import { mayOf } from "../administration/parts";
import { readSpan } from "./span";

export default page({
  path: "/administration/model",
  may: mayOf("model"),
  search: readSpan,
  load: () => import("./ModelPage"),
});
