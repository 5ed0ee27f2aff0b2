using TorchSharp;

namespace Trainer.Robustness.Native;

/// <summary>
/// TorchSharp's native functions catch libtorch's exceptions and hand them to .NET, except about 130 that do not: an
/// exception in one of those ends the process. This is the list of those that throw on what a user can bring (a
/// network, a file), and the one place that calls them or what replaces them. BannedSymbols.txt keeps the rest of the
/// code from calling them.
/// <list type="table">
/// <listheader><term>Native function of TorchSharp 0.107</term><description>When it throws, and what is done about
/// it.</description></listheader>
/// <item><term>THSAutograd_grad (<c>autograd.grad</c>)</term><description>The output has no graph, its graph was freed
/// or changed in place, there is nothing to differentiate by, or memory runs out. Replaced by
/// <see cref="Gradients"/>.</description></item>
/// <item><term>THSNN_Module_to_device (<c>Module.to</c>)</term><description>The device's memory does not suffice:
/// <see cref="Move"/> asks for it first.</description></item>
/// <item><term>THSTorch_set_num_threads</term><description>The count is below 1: <see cref="SetThreads"/> asks, and a
/// checkpoint with such a count is damaged.</description></item>
/// <item><term>THSTensor_matmul</term><description>The shapes do not fit. Not called: <c>mm</c> and <c>bmm</c> are
/// guarded.</description></item>
/// <item><term>THSTensor_cummax, THSTensor_cummin</term><description>The dimension does not exist. Not
/// called.</description></item>
/// <item><term>THSJIT_* (<c>jit</c>)</term><description>The file or source text names an unknown operator or is
/// damaged. <see cref="TorchScriptNetwork"/> alone, tried in a child process.</description></item>
/// </list> A user's extension may call any of them: commands that train try a step of the recipe in a child process
/// first, other commands its network.
/// </summary>
public static class GuardedCalls
{
    /// <summary>
    /// The gradients of a loss with respect to leaves of its graph, like <c>autograd.grad</c> with <c>allow_unused</c>.
    /// They are laid out in memory as their leaves are, and are the caller's to change. No other tensor's gradient is
    /// computed or changed, nor is what the leaves' <c>grad</c> holds.
    /// </summary>
    /// <param name="loss">Float [].</param>
    /// <param name="leaves">
    /// Tensors that require gradients; no other thread may differentiate by them at the same time.
    /// </param>
    /// <param name="retainGraph">Whether the graph is needed again.</param>
    /// <param name="createGraph">
    /// Whether the gradients are to be differentiated: they have a graph of their own, and the loss keeps its own. On
    /// the CPU it switches oneDNN off for the whole process, on a processor where oneDNN computes second derivatives
    /// wrongly (<see cref="OneDnn"/>).
    /// </param>
    /// <returns>For each leaf its gradient; null where the loss does not depend on it.</returns>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">
    /// The loss cannot be differentiated.
    /// </exception>
    /// <exception cref="NotSupportedException">
    /// With <paramref name="createGraph"/>: oneDNN is wrong on this processor, and cannot be switched off on this
    /// system.
    /// </exception>
    public static IReadOnlyList<Tensor?> Gradients(
        Tensor loss, IReadOnlyList<Tensor> leaves, bool retainGraph = false, bool createGraph = false)
    {
        // Without inputs, backward would differentiate by every leaf of the graph.
        if (leaves.Count == 0)
            return [];
        if (createGraph && loss.device_type == DeviceType.CPU)
            OneDnn.DisableIfWrong(); // Too late for what was computed before: IObjective.Prepare.
        List<Tensor?> held = [.. leaves.Select(leaf => leaf.grad)];
        foreach (var leaf in leaves)
            leaf.grad = null;
        try
        {
            autograd.backward(
                [loss], retain_graph: retainGraph || createGraph, create_graph: createGraph, inputs: [.. leaves]);
            return [.. leaves.Select(leaf => leaf.grad)];
        }
        finally
        {
            foreach (var (leaf, gradient) in leaves.Zip(held))
                leaf.grad = gradient;
        }
    }

    /// <summary>Moves a module's parameters and buffers to a device.</summary>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">
    /// The device's memory does not suffice.
    /// </exception>
    public static void Move(Module module, Device device)
    {
        var bytes = module.parameters().Concat(module.buffers())
            .Sum(tensor => tensor.NumberOfElements * tensor.ElementSize);
        // Freed at once: torch keeps the memory and gives it to the parameters.
        empty(bytes, ScalarType.Int8, device).Dispose();
        module.to(device);
    }

    /// <summary>Sets the number of threads of this thread's operators.</summary>
    /// <param name="count">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is below 1.</exception>
    public static void SetThreads(int count) => set_num_threads(Components.Require.AtLeast(1, count));
}
