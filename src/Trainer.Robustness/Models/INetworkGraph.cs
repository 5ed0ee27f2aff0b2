namespace Trainer.Robustness.Models;

/// <summary>
/// A network, or a block of one, that states its operations once: its forward pass, its export and bounds of its
/// outputs follow from the same statement. It is a module whose <c>forward</c> is
/// <see cref="TensorOperations.Forward"/>.
/// </summary>
public interface INetworkGraph
{
    /// <summary>What the network computes in evaluation mode and, on tensors, in the mode of its modules.</summary>
    /// <typeparam name="T">What the operations compute with.</typeparam>
    /// <param name="on">The operations.</param>
    /// <param name="input">The images, or the input of the block.</param>
    /// <returns>The logits, or the output of the block.</returns>
    T Compute<T>(IOperations<T> on, T input);
}
