import { page } from "../../page";

export default page({ path: "/deals/$id", load: () => import("./DealPage") });
