import { page } from "../../page";
import { readPartners } from "./filters";

export default page({
  path: "/partners",
  nav: { label: "nav.partners", icon: "team", order: 60 },
  search: readPartners,
  load: () => import("./PartnersPage"),
});
