// For the compiler: --runtime voxeltron/runtime. See gc.ts.
import "rt/tlsf";
import "./gc";
