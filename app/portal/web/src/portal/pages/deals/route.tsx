import { page } from "../../page";
import { readFilters } from "./filters";

export default page({ path: "/deals", search: readFilters, load: () => import("./DealsPage") });
