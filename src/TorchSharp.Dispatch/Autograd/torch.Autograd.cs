using TorchSharp.Dispatching;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Gradients.</summary>
    public static partial class autograd
    {
        /// <summary>The gradients of the outputs with respect to the inputs, which accumulate nothing.</summary>
        /// <returns>One per input; with <paramref name="allow_unused"/> an invalid tensor where an input took no part.</returns>
        public static unsafe IList<Tensor> grad(
            IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null,
            bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            var results = new nint[inputs.Count];
            int status;
            fixed (nint* from = Handles(outputs), to = Handles(inputs), vectors = Handles(grad_outputs), into = results)
            {
                status = NativeMethods.td_grad(
                    from, outputs.Count, to, inputs.Count, vectors, grad_outputs?.Count ?? 0,
                    retain_graph ? 1 : 0, create_graph ? 1 : 0, allow_unused ? 1 : 0, into);
            }
            KeepAlive(outputs, inputs, grad_outputs);
            Native.Check(status);
            return Array.ConvertAll(results, Tensor.Wrap).ToList();
        }

        /// <summary>Accumulates the gradients of the tensors into the leaves, or into the inputs named.</summary>
        public static unsafe void backward(
            IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null)
        {
            int status;
            fixed (nint* from = Handles(tensors), vectors = Handles(grad_tensors), to = Handles(inputs))
            {
                status = NativeMethods.td_backward(
                    from, tensors.Count, vectors, grad_tensors?.Count ?? 0, to, inputs?.Count ?? 0,
                    retain_graph ?? create_graph ? 1 : 0, create_graph ? 1 : 0);
            }
            KeepAlive(tensors, grad_tensors, inputs);
            Native.Check(status);
        }

        public static void backward(
            Tensor tensor, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            backward([tensor], grad_tensors, retain_graph, create_graph, inputs);

        public static void backward(
            Tensor tensor, Tensor grad_tensor, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            backward([tensor], [grad_tensor], retain_graph, create_graph, inputs);

        public static AnomalyMode detect_anomaly(bool check_nan = true) => new(true, check_nan);

        public static AnomalyMode set_detect_anomaly(bool mode, bool check_nan = true) => new(mode, check_nan);

        // Null stands for "all ones", where the shape allows it.
        private static nint[] Handles(IList<Tensor>? tensors)
        {
            var handles = new nint[tensors?.Count ?? 0];
            for (var i = 0; i < handles.Length; i++)
                handles[i] = tensors![i] is { } tensor ? tensor.Handle : 0;
            return handles;
        }

        private static void KeepAlive(params ReadOnlySpan<IList<Tensor>?> lists)
        {
            foreach (var list in lists)
                GC.KeepAlive(list);
        }
    }
}
