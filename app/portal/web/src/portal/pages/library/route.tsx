import { page } from "../../page";
import { readShown } from "./shown";

export default page({
  path: "/content",
  nav: { label: "nav.content", icon: "library", order: 60 },
  search: readShown,
  load: () => import("./LibraryPage"),
});
