import { createRootRoute } from "@tanstack/react-router";
import { Loading } from "../ui/states";
import { NotFound, Shell } from "./Shell";

export const shellRoute = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  pendingComponent: Loading,
});
