using System.Runtime.InteropServices;

namespace TorchSharp.Dispatching;

/// <summary>The functions of native/*.cpp, under their own names. A status of 0 is success.</summary>
internal static unsafe class NativeMethods
{
    public const string Library = "libTorchDispatch.so";

    static NativeMethods() => NativeLibrary.SetDllImportResolver(typeof(NativeMethods).Assembly, NativeLocation.Resolve);

    [DllImport(Library)] public static extern nint td_last_error();
    [DllImport(Library)] public static extern nint td_version();
    [DllImport(Library)] public static extern int td_abi();

    [DllImport(Library)] public static extern int td_operator_find(nint name, nint overload, nint* result);
    [DllImport(Library)] public static extern int td_operator_call(nint target, Value* arguments, int count, Value* results, int resultCount);

    [DllImport(Library)] public static extern void td_tensor_free(nint tensor);
    [DllImport(Library)] public static extern int td_tensor_alias(nint tensor, nint* result);
    [DllImport(Library), SuppressGCTransition] public static extern long td_tensor_dim(nint tensor);
    [DllImport(Library), SuppressGCTransition] public static extern long td_tensor_numel(nint tensor);
    [DllImport(Library), SuppressGCTransition] public static extern int td_tensor_dtype(nint tensor);
    [DllImport(Library), SuppressGCTransition] public static extern long td_tensor_element_size(nint tensor);
    [DllImport(Library), SuppressGCTransition] public static extern int td_tensor_device_type(nint tensor);
    [DllImport(Library), SuppressGCTransition] public static extern int td_tensor_device_index(nint tensor);
    [DllImport(Library), SuppressGCTransition] public static extern int td_tensor_is_sparse(nint tensor);
    [DllImport(Library)] public static extern int td_tensor_sizes(nint tensor, long* sizes);
    [DllImport(Library)] public static extern int td_tensor_strides(nint tensor, long* strides);
    [DllImport(Library)] public static extern int td_tensor_storage_offset(nint tensor, long* offset);
    [DllImport(Library)] public static extern int td_tensor_is_contiguous(nint tensor, int* contiguous);
    [DllImport(Library)] public static extern int td_tensor_data(nint tensor, void** data);
    [DllImport(Library)] public static extern int td_tensor_from_memory(void* source, long bytes, long* sizes, int dims, int dtype, nint* result);
    [DllImport(Library)] public static extern int td_tensor_index(nint tensor, Value* items, int count, nint* result);
    [DllImport(Library)] public static extern int td_tensor_index_put(nint tensor, Value* items, int count, nint value);

    [DllImport(Library)] public static extern int td_tensor_requires_grad(nint tensor);
    [DllImport(Library)] public static extern int td_tensor_is_leaf(nint tensor);
    [DllImport(Library)] public static extern int td_tensor_set_requires_grad(nint tensor, int value);
    [DllImport(Library)] public static extern int td_tensor_grad(nint tensor, nint* result);
    [DllImport(Library)] public static extern int td_tensor_set_grad(nint tensor, nint grad);
    [DllImport(Library)] public static extern int td_tensor_retain_grad(nint tensor);
    [DllImport(Library)]
    public static extern int td_backward(
        nint* tensors, int count, nint* grads, int gradCount, nint* inputs, int inputCount, int retainGraph, int createGraph);
    [DllImport(Library)]
    public static extern int td_grad(
        nint* outputs, int outputCount, nint* inputs, int inputCount, nint* grads, int gradCount,
        int retainGraph, int createGraph, int allowUnused, nint* results);

    [DllImport(Library)] public static extern int td_grad_mode();
    [DllImport(Library)] public static extern void td_set_grad_mode(int enabled);
    [DllImport(Library)] public static extern int td_inference_mode();
    [DllImport(Library)] public static extern int td_inference_mode_enter(int enabled, nint* guard);
    [DllImport(Library)] public static extern void td_inference_mode_exit(nint guard);
    [DllImport(Library)] public static extern int td_anomaly_mode();
    [DllImport(Library)] public static extern int td_anomaly_checks_nan();
    [DllImport(Library)] public static extern void td_set_anomaly_mode(int enabled, int checkNan);

    [DllImport(Library)] public static extern int td_threads();
    [DllImport(Library)] public static extern int td_set_threads(int count);
    [DllImport(Library)] public static extern int td_interop_threads();
    [DllImport(Library)] public static extern int td_set_interop_threads(int count);
    [DllImport(Library)] public static extern int td_set_blas_threads(int count);

    [DllImport(Library)] public static extern int td_generator_new(ulong seed, nint* result);
    [DllImport(Library)] public static extern int td_generator_default(nint* result);
    [DllImport(Library)] public static extern void td_generator_free(nint generator);
    [DllImport(Library)] public static extern int td_generator_set_seed(nint generator, ulong seed);
    [DllImport(Library)] public static extern int td_generator_seed(nint generator, ulong* seed);
    [DllImport(Library)] public static extern int td_generator_state(nint generator, nint* result);
    [DllImport(Library)] public static extern int td_generator_set_state(nint generator, nint state);

    [DllImport(Library)] public static extern int td_cuda_available();
    [DllImport(Library)] public static extern int td_cuda_count();
    [DllImport(Library)] public static extern int td_cudnn_available();
    [DllImport(Library)] public static extern int td_cuda_seed(ulong seed);
    [DllImport(Library)] public static extern int td_cuda_seed_all(ulong seed);
    [DllImport(Library)] public static extern int td_cuda_synchronize(long device);
    [DllImport(Library)] public static extern int td_cuda_memory(int device, long* allocated, long* peak, long* total);
    [DllImport(Library)] public static extern int td_cuda_name(int device, byte* name, int capacity);
    [DllImport(Library)] public static extern int td_cuda_empty_cache();
    [DllImport(Library)] public static extern int td_cuda_graphs();
    [DllImport(Library)] public static extern int td_cuda_refuse_waiting(int refused);
    [DllImport(Library)] public static extern int td_cuda_graph_begin(int device, nint* result);
    [DllImport(Library)] public static extern int td_cuda_graph_end(nint graph);
    [DllImport(Library)] public static extern int td_cuda_graph_replay(nint graph);
    [DllImport(Library)] public static extern void td_cuda_graph_free(nint graph);

    [DllImport(Library)] public static extern int td_tf32_cudnn();
    [DllImport(Library)] public static extern int td_set_tf32_cudnn(int allowed);
    [DllImport(Library)] public static extern int td_tf32_matmul();
    [DllImport(Library)] public static extern int td_set_tf32_matmul(int allowed);
}
