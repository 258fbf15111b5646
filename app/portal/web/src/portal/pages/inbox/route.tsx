import { page } from "../../page";

export default page({
  path: "/inbox",
  search: ({ unread }) => (unread === true || unread === "true" ? { unread: true } : {}),
  load: () => import("./InboxPage"),
});
