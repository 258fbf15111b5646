import { page } from "../../page";

export default page({ path: "/registrations/$id", load: () => import("./RegistrationPage") });
