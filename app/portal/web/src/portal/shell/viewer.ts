import { createContext, use } from "react";
import type { ShellQuery } from "@/generated/operations";

type Viewer = ShellQuery["viewer"] & { playbooks: ShellQuery["playbooks"]["nodes"] };

export type Permission = Viewer["permissions"][number];

export const ViewerContext = createContext<Viewer | undefined>(undefined);

/** Who is signed in, what they may do, and the playbooks that they see. */
export function useViewer(): Viewer {
  const viewer = use(ViewerContext);
  if (!viewer) throw new Error("only pages inside the shell have a viewer");
  return viewer;
}

export function useMay(permission: Permission): boolean {
  return useViewer().permissions.includes(permission);
}

export function useMayAny(wanted: readonly Permission[]): boolean {
  const { permissions } = useViewer();
  return wanted.some((one) => permissions.includes(one));
}

export function useIsVendor(): boolean {
  return useViewer().organization.kind === "VENDOR";
}
