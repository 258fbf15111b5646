import { page } from "../../page";
import { filtersOf } from "./filters";

export default page({
  path: "/board",
  nav: { label: "nav.board", icon: "board", order: 20 },
  search: filtersOf,
  load: () => import("./BoardPage"),
});
