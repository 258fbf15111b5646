import { createRoute, createRouter, Navigate } from "@tanstack/react-router";
import { readAddress } from "./address";
import { ROOT } from "./options";
import type { page } from "./page";
import { shellRoute } from "./shell/route";
import { Problem } from "./ui/states";

type Joined = ReturnType<typeof page>;

/** Every `pages/NAME/route.tsx`: a page joins by being there. */
const joined = Object.values(import.meta.glob<Joined>("./pages/*/route.tsx", { eager: true, import: "default" }));

const home = createRoute({
  getParentRoute: () => shellRoute,
  path: "/",
  component: () => <Navigate to={navigation[0]?.path ?? "/board"} replace />,
});

export const navigation = joined.flatMap(({ nav }) => (nav ? [nav] : [])).sort((a, b) => a.order - b.order);

export const router = createRouter({
  routeTree: shellRoute.addChildren([home, ...joined.map(({ route }) => route)]),
  basepath: ROOT.pathname,
  parseSearch: readAddress,
  defaultPreload: "intent",
  scrollRestoration: true,
  defaultErrorComponent: ({ reset }) => (
    <div className="page">
      <Problem failure={{ kind: "ours" }} retry={reset} />
    </div>
  ),
});
