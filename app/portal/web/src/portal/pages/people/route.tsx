import { page } from "../../page";
import { readPeople } from "./filters";

export default page({ path: "/people", search: readPeople, load: () => import("./PeoplePage") });
