using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Voxeltron.Cells.Interop;
using Voxeltron.Cosmictron;

namespace Voxeltron.Cells;

/// <summary>
/// The one place that builds a Wasmtime configuration, for every process. Two engines that differ in a knob could compute
/// or count fuel differently, so each knob that can be seen by a guest is also a line of the fingerprint.
/// </summary>
internal sealed class EngineConfig
{
    /// <summary>Address space of one slot: with 4 GiB a 32-bit address needs no bounds check.</summary>
    public const long MemoryReservationBytes = 4L * 1024 * 1024 * 1024;

    public const long MemoryGuardBytes = 32L * 1024 * 1024;

    /// <summary>Native stack one guest call may use. Deliver needs a thread with at least twice this.</summary>
    public const int MaxWasmStackBytes = 512 * 1024;

    private const byte StrategyCranelift = 1;
    private const byte OptimizeSpeed = 1;

    private readonly StringBuilder _lines = new();
    private readonly nint _config = Native.wasm_config_new();

    private EngineConfig()
    {
    }

    /// <summary>A config the engine will take, and the fingerprint of what it means.</summary>
    /// <param name="options">Null: an engine that compiles and runs nothing. It has no pool, and in all that reaches machine code it is
    /// the same: what it compiles an engine with a pool takes, and the fingerprint is that of an engine with a pool.</param>
    public static (nint Config, string Fingerprint) Build(CellEngineOptions? options)
    {
        var build = new EngineConfig();
        build.Line("wasmtime", typeof(Wasmtime.Engine).Assembly.GetName().Version?.ToString() ?? "unknown");
        // How deep a guest may recurse depends on what its frames take on this processor.
        build.Line("architecture", RuntimeInformation.ProcessArchitecture.ToString());
        build.Line("abi", AbiVersion.Name);
        build.CodeGeneration();
        build.Interruption();
        build.Memory();
        build.Features();
        if (options is not null)
        {
            build.Pool(options);
        }

        build.Line("pooling", "on");
        CellLimits.Describe(build.Line);
        StoreLimits.Default.Describe(build.Line);
        return (build._config, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(build._lines.ToString()))));
    }

    // Cranelift only: Winch had a sandbox escape (CVE-2026-34987). NaN bits would otherwise depend on the processor.
    private void CodeGeneration()
    {
        Set("strategy", Native.wasmtime_config_strategy_set, StrategyCranelift);
        Set("opt_level", Native.wasmtime_config_cranelift_opt_level_set, OptimizeSpeed);
        Set("nan_canonicalization", Native.wasmtime_config_cranelift_nan_canonicalization_set, 1);
        Set("parallel_compilation", Native.wasmtime_config_parallel_compilation_set, 1);
        Set("debug_info", Native.wasmtime_config_debug_info_set, 0);
        Set("signals_based_traps", Native.wasmtime_config_signals_based_traps_set, 1);
    }

    private void Interruption()
    {
        Set("consume_fuel", Native.wasmtime_config_consume_fuel_set, 1);
        Set("epoch_interruption", Native.wasmtime_config_epoch_interruption_set, 1);
        Native.wasmtime_config_max_wasm_stack_set(_config, MaxWasmStackBytes);
        Line("max_wasm_stack", MaxWasmStackBytes.ToString());
    }

    private void Memory()
    {
        Native.wasmtime_config_memory_reservation_set(_config, MemoryReservationBytes);
        Line("memory_reservation", MemoryReservationBytes.ToString());
        Native.wasmtime_config_memory_guard_size_set(_config, MemoryGuardBytes);
        Line("memory_guard_size", MemoryGuardBytes.ToString());
        Set("memory_init_cow", Native.wasmtime_config_memory_init_cow_set, 1);
        Set("memory_may_move", Native.wasmtime_config_memory_may_move_set, 0);
    }

    // Off is everything that is not deterministic, not needed, or had advisories of its own. Reference types stay on
    // because current compilers encode ordinary indirect calls with them; without GC support only funcref remains.
    private void Features()
    {
        Set("simd", Native.wasmtime_config_wasm_simd_set, 1);
        Set("bulk_memory", Native.wasmtime_config_wasm_bulk_memory_set, 1);
        Set("multi_value", Native.wasmtime_config_wasm_multi_value_set, 1);
        Set("reference_types", Native.wasmtime_config_wasm_reference_types_set, 1);
        Set("function_references", Native.wasmtime_config_wasm_function_references_set, 0);
        Set("gc", Native.wasmtime_config_wasm_gc_set, 0);
        Set("gc_support", Native.wasmtime_config_gc_support_set, 0);
        Set("exceptions", Native.wasmtime_config_wasm_exceptions_set, 0);
        Set("tail_call", Native.wasmtime_config_wasm_tail_call_set, 0);
        Set("relaxed_simd", Native.wasmtime_config_wasm_relaxed_simd_set, 0);
        Set("relaxed_simd_deterministic", Native.wasmtime_config_wasm_relaxed_simd_deterministic_set, 1);
        Set("threads", Native.wasmtime_config_wasm_threads_set, 0);
        Set("shared_memory", Native.wasmtime_config_shared_memory_set, 0);
        Set("memory64", Native.wasmtime_config_wasm_memory64_set, 0);
        Set("multi_memory", Native.wasmtime_config_wasm_multi_memory_set, 0);
        Set("custom_page_sizes", Native.wasmtime_config_wasm_custom_page_sizes_set, 0);
        Set("stack_switching", Native.wasmtime_config_wasm_stack_switching_set, 0);
        Set("wide_arithmetic", Native.wasmtime_config_wasm_wide_arithmetic_set, 0);
        Set("compact_imports", Native.wasmtime_config_wasm_compact_imports_set, 0);
        Set("component_model", Native.wasmtime_config_wasm_component_model_set, 0);
    }

    // What a small C guest touches: stack, data, a little heap. A returned slot's first bytes are written over with zeroes (or the
    // image) instead of being given back to the kernel: no madvise, no shoot-down of other cores' TLBs, no page faults at the next
    // boot. Measured where a fault costs 12 µs: the worker's CPU per boot fell from 700 to 490 µs. The price is memory: a slot that
    // was used keeps these bytes resident, 12.5 MiB for a hundred, so a host holds as many as it ever had cells at once.
    private const nuint KeptBytes = 128 * 1024;

    // total_stacks defaults to 1000, which costs 2000 mappings for asynchronous calls nobody makes.
    private void Pool(CellEngineOptions options)
    {
        var slots = (uint)(options.MaxCells + CellEngine.ReservedSlots);
        var pool = Native.wasmtime_pooling_allocation_config_new();
        Native.wasmtime_pooling_allocation_config_total_core_instances_set(pool, slots);
        Native.wasmtime_pooling_allocation_config_total_memories_set(pool, slots);
        Native.wasmtime_pooling_allocation_config_total_tables_set(pool, slots);
        Native.wasmtime_pooling_allocation_config_total_stacks_set(pool, 0);
        Native.wasmtime_pooling_allocation_config_total_gc_heaps_set(pool, 0);
        Native.wasmtime_pooling_allocation_config_total_component_instances_set(pool, 0);
        Native.wasmtime_pooling_allocation_config_max_memories_per_module_set(pool, 1);
        Native.wasmtime_pooling_allocation_config_max_tables_per_module_set(pool, 1);
        Native.wasmtime_pooling_allocation_config_max_memory_size_set(pool, (nuint)options.MaxMemoryBytes);
        Native.wasmtime_pooling_allocation_config_table_elements_set(pool, (nuint)options.MaxTableElements);
        Native.wasmtime_pooling_allocation_config_max_unused_warm_slots_set(pool, (uint)options.WarmSlots);
        Native.wasmtime_pooling_allocation_config_linear_memory_keep_resident_set(pool, KeptBytes);
        Native.wasmtime_pooling_allocation_config_table_keep_resident_set(pool, KeptBytes);
        Native.wasmtime_pooling_allocation_strategy_set(_config, pool);
        Native.wasmtime_pooling_allocation_config_delete(pool);
    }

    private void Set(string name, Action<nint, byte> setter, byte value)
    {
        setter(_config, value);
        Line(name, value.ToString());
    }

    private void Line(string name, string value) => _lines.Append(name).Append('=').Append(value).Append('\n');
}
