import { page } from "../../page";

export default page({ path: "/content/$id", load: () => import("./PiecePage") });
