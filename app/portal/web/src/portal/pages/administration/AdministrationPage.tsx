import { Navigate } from "@tanstack/react-router";
import { useViewer } from "../../shell/viewer";
import { PARTS } from "./parts";

/** The first part that is for whoever is there. */
export default function AdministrationPage() {
  const { permissions } = useViewer();
  const first = PARTS.find(({ may }) => permissions.includes(may));
  return first ? <Navigate to={`/administration/${first.id}`} replace /> : null;
}
