import { page } from "../../page";
import { readPeriod } from "./period";

export default page({ path: "/partners/$id", search: readPeriod, load: () => import("./PartnerPage") });
