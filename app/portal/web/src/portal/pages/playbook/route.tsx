import { page } from "../../page";
import { readShown } from "./shown";

export default page({ path: "/playbooks/$id", search: readShown, load: () => import("./PlaybookPage") });
