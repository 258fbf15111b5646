import { page } from "../../page";

export default page({
  path: "/automations",
  nav: { label: "nav.automations", icon: "bolt", order: 70 },
  may: ["MANAGE_PLAYBOOKS"],
  load: () => import("./AutomationsPage"),
});
