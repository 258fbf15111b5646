import { page } from "../../page";
import { readWhose } from "./whose";

export default page({
  path: "/day",
  nav: { label: "nav.day", icon: "today", order: 10 },
  search: (given) => ({ ...readWhose(given) }),
  load: () => import("./DayPage"),
});
