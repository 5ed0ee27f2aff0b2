namespace Trainer.Robustness.Attacks;

/// <summary>
/// Runs work whose operators are the same every time without calling them one by one: on a GPU, as a graph. See
/// <see cref="Classifier.Graphs"/>. For one thread at a time.
/// </summary>
public interface IOperatorGraphs
{
    /// <summary>Does the work, or replays it.</summary>
    /// <param name="key">Decides the work's operators together with shapes, strides and dtypes of the inputs: equal keys, the same operators.</param>
    /// <param name="inputs">Not modified.</param>
    /// <param name="work">
    /// A function of its argument, in the inputs' order, and of tensors that stay where they are: the network's parameters. It
    /// waits for no value, draws no random numbers and changes none of its inputs.
    /// </param>
    /// <returns>What the work returns for these inputs; the caller's.</returns>
    Tensor Run(object key, IReadOnlyList<Tensor> inputs, Func<IReadOnlyList<Tensor>, Tensor> work);
}
