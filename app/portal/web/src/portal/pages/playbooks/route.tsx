import { page } from "../../page";
import { readShelf } from "./shelf";

export default page({
  path: "/playbooks",
  nav: { label: "nav.playbooks", icon: "book", order: 50 },
  search: readShelf,
  load: () => import("./PlaybooksPage"),
});
