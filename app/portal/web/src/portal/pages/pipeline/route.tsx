import { page } from "../../page";
import { readChosen } from "./chosen";

export default page({
  path: "/pipeline",
  nav: { label: "nav.pipeline", icon: "chart", order: 30 },
  search: readChosen,
  load: () => import("./PipelinePage"),
});
