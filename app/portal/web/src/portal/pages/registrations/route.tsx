import { page } from "../../page";
import { readShown } from "./shown";

export default page({
  path: "/registrations",
  nav: { label: "nav.registrations", icon: "registration", order: 40 },
  search: readShown,
  load: () => import("./RegistrationsPage"),
});
