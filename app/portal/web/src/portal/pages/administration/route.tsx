import { page } from "../../page";
import { ANY } from "./parts";

export default page({
  path: "/administration",
  nav: { label: "nav.administration", icon: "gear", order: 90 },
  may: ANY,
  load: () => import("./AdministrationPage"),
});
