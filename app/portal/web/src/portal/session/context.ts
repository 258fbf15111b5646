import { createContext, use } from "react";

export const LeaveContext = createContext<() => void>(() => undefined);

/** Signs out. */
export const useLeave = () => use(LeaveContext);
