using System.Runtime.InteropServices;

namespace Voxeltron.Cells.Interop;

/// <summary>Functions that build one engine. <c>bool</c> of the C API is one byte.</summary>
internal static partial class Native
{
    public const string Library = "wasmtime";

    [LibraryImport(Library)]
    public static partial nint wasm_config_new();

    /// <summary>Takes the config. An invalid config aborts the process: see Interop/README.md, rule 7.</summary>
    [LibraryImport(Library)]
    public static partial nint wasm_engine_new_with_config(nint config);

    [LibraryImport(Library)]
    public static partial void wasm_engine_delete(nint engine);

    [LibraryImport(Library)]
    public static partial void wasmtime_engine_increment_epoch(EngineHandle engine);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_strategy_set(nint config, byte strategy);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_cranelift_opt_level_set(nint config, byte level);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_cranelift_nan_canonicalization_set(nint config, byte on);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_parallel_compilation_set(nint config, byte on);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_debug_info_set(nint config, byte on);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_consume_fuel_set(nint config, byte on);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_epoch_interruption_set(nint config, byte on);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_max_wasm_stack_set(nint config, nuint bytes);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_signals_based_traps_set(nint config, byte on);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_memory_init_cow_set(nint config, byte on);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_memory_may_move_set(nint config, byte on);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_memory_reservation_set(nint config, ulong bytes);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_memory_guard_size_set(nint config, ulong bytes);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_gc_support_set(nint config, byte on);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_wasm_threads_set(nint config, byte on);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_shared_memory_set(nint config, byte on);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_wasm_tail_call_set(nint config, byte on);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_wasm_reference_types_set(nint config, byte on);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_wasm_function_references_set(nint config, byte on);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_wasm_gc_set(nint config, byte on);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_wasm_simd_set(nint config, byte on);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_wasm_relaxed_simd_set(nint config, byte on);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_wasm_relaxed_simd_deterministic_set(nint config, byte on);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_wasm_bulk_memory_set(nint config, byte on);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_wasm_multi_value_set(nint config, byte on);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_wasm_multi_memory_set(nint config, byte on);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_wasm_memory64_set(nint config, byte on);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_wasm_exceptions_set(nint config, byte on);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_wasm_custom_page_sizes_set(nint config, byte on);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_wasm_stack_switching_set(nint config, byte on);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_wasm_wide_arithmetic_set(nint config, byte on);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_wasm_compact_imports_set(nint config, byte on);

    [LibraryImport(Library)]
    public static partial void wasmtime_config_wasm_component_model_set(nint config, byte on);

    [LibraryImport(Library)]
    public static partial nint wasmtime_pooling_allocation_config_new();

    [LibraryImport(Library)]
    public static partial void wasmtime_pooling_allocation_config_delete(nint pool);

    [LibraryImport(Library)]
    public static partial void wasmtime_pooling_allocation_strategy_set(nint config, nint pool);

    [LibraryImport(Library)]
    public static partial void wasmtime_pooling_allocation_config_total_core_instances_set(nint pool, uint count);

    [LibraryImport(Library)]
    public static partial void wasmtime_pooling_allocation_config_total_memories_set(nint pool, uint count);

    [LibraryImport(Library)]
    public static partial void wasmtime_pooling_allocation_config_total_tables_set(nint pool, uint count);

    [LibraryImport(Library)]
    public static partial void wasmtime_pooling_allocation_config_total_stacks_set(nint pool, uint count);

    [LibraryImport(Library)]
    public static partial void wasmtime_pooling_allocation_config_total_gc_heaps_set(nint pool, uint count);

    [LibraryImport(Library)]
    public static partial void wasmtime_pooling_allocation_config_total_component_instances_set(nint pool, uint count);

    [LibraryImport(Library)]
    public static partial void wasmtime_pooling_allocation_config_max_memories_per_module_set(nint pool, uint count);

    [LibraryImport(Library)]
    public static partial void wasmtime_pooling_allocation_config_max_tables_per_module_set(nint pool, uint count);

    [LibraryImport(Library)]
    public static partial void wasmtime_pooling_allocation_config_max_memory_size_set(nint pool, nuint bytes);

    [LibraryImport(Library)]
    public static partial void wasmtime_pooling_allocation_config_table_elements_set(nint pool, nuint count);

    [LibraryImport(Library)]
    public static partial void wasmtime_pooling_allocation_config_max_core_instance_size_set(nint pool, nuint bytes);

    [LibraryImport(Library)]
    public static partial void wasmtime_pooling_allocation_config_max_unused_warm_slots_set(nint pool, uint count);

    [LibraryImport(Library)]
    public static partial void wasmtime_pooling_allocation_config_decommit_batch_size_set(nint pool, nuint count);

    [LibraryImport(Library)]
    public static partial void wasmtime_pooling_allocation_config_linear_memory_keep_resident_set(nint pool, nuint bytes);

    [LibraryImport(Library)]
    public static partial void wasmtime_pooling_allocation_config_table_keep_resident_set(nint pool, nuint bytes);
}
