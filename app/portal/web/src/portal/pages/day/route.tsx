import { page } from "../../page";

/** Whose day it is, as it stands in the address: one's own, or that of all whose deals one sees. */
export interface Whose {
  whose?: "mine" | "all";
}

export default page({
  path: "/day",
  nav: { label: "nav.day", icon: "today", order: 10 },
  search: ({ whose }) => (whose === "mine" || whose === "all" ? { whose } : {}),
  load: () => import("./DayPage"),
});
