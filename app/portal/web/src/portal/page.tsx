/** How a page joins the portal: its `route.tsx` has a default export that `page` made. */

import { type AnyRoute, createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { ComponentType } from "react";
import type { Key } from "./messages/messages";
import { shellRoute } from "./shell/route";
import type { IconName } from "./ui/Icon";
import { Problem } from "./ui/states";

interface Given {
  path: string;
  /** Its entry in the navigation; without it, other pages lead here. */
  nav?: { label: Key; icon: IconName; order: number };
  /** Reads the page's filters from the address, and leaves out what makes no sense. */
  search?: (given: Record<string, unknown>) => Record<string, unknown>;
  load: () => Promise<{ default: ComponentType }>;
}

export interface Page {
  nav: Given["nav"] & { path: string };
  route: AnyRoute;
}

export function page({ path, nav, search, load }: Given): { nav: Page["nav"] | undefined; route: AnyRoute } {
  const route = createRoute({
    getParentRoute: () => shellRoute,
    path,
    component: lazyRouteComponent(() => load().catch(cut)),
    ...(search && { validateSearch: only(search) }),
  });
  return { nav: nav && { ...nav, path }, route: route as unknown as AnyRoute };
}

/** Without a line to have a page's program by, the browser's own page for that would come in place of the portal. */
function cut(error: unknown): Awaited<ReturnType<Given["load"]>> {
  if (navigator.onLine) throw error;
  return { default: () => <Problem failure={{ kind: "offline" }} retry={() => location.reload()} /> };
}

/** What `search` doesn't give isn't there: by itself, the router keeps what stood in the address. */
function only(search: NonNullable<Given["search"]>): NonNullable<Given["search"]> {
  return (given) => ({ ...Object.fromEntries(Object.keys(given).map((name) => [name, undefined])), ...search(given) });
}
