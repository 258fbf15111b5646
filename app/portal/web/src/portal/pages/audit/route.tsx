import { page } from "../../page";
import { mayOf } from "../administration/parts";
import { readFilters } from "./filters";

export default page({
  path: "/administration/audit",
  may: mayOf("audit"),
  search: readFilters,
  load: () => import("./AuditPage"),
});
