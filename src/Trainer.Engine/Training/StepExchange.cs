using Trainer.Engine.Distributed;
using Trainer.Engine.Networks;
using Trainer.Robustness.Objectives;

namespace Trainer.Engine.Training;

/// <summary>
/// The one exchange of a training step: gradients, metrics, what signals ask for, and the running statistics of batch
/// norm, in one buffer that is added up over all processes.
/// </summary>
internal sealed class StepExchange : IDisposable
{
    // The sums of StepValues and its two counts.
    private const int Metrics = 5;

    private readonly Collectives processes;
    private readonly RunRequests requests;
    private readonly Tensor buffer;
    private readonly Tensor numbers;
    private readonly List<(Tensor Statistics, Tensor Place)> statistics = [];

    /// <summary>Moves the gradients into a buffer that has room for the rest.</summary>
    /// <param name="processes">More than one.</param>
    /// <param name="model">Whose gradients and statistics are exchanged.</param>
    /// <param name="requests">What signals ask of this process.</param>
    public StepExchange(Collectives processes, TrainedModel model, RunRequests requests)
    {
        (this.processes, this.requests) = (processes, requests);
        IEnumerable<FlatBuffers> sets = model.Auxiliary is { } other ? [model.Buffers, other.Buffers] : [model.Buffers];
        var (gradients, values) = (model.Parameters.Layout.Length, model.Parameters.Values);
        var count = Metrics + RunRequests.Length + processes.Size;
        buffer = zeros(
            gradients + count + sets.Sum(set => set.Statistics.shape[0]), values.dtype, values.device)
            .DetachFromDisposeScope();
        model.Parameters.MoveGradients(buffer);
        numbers = buffer.narrow(0, gradients, count).DetachFromDisposeScope();
        var start = gradients + count;
        foreach (var set in sets.Select(set => set.Statistics))
        {
            statistics.Add((set, buffer.narrow(0, start, set.shape[0]).DetachFromDisposeScope()));
            start += set.shape[0];
        }
    }

    /// <summary>
    /// Leaves the gradients of the whole batch's loss, and running statistics that are the means over the processes.
    /// </summary>
    /// <param name="loss">Of this process's share, not differentiated yet.</param>
    /// <param name="share">This process's share of the batch.</param>
    /// <param name="own">What this process found.</param>
    /// <returns>What all found.</returns>
    public StepValues Run(ObjectiveLoss loss, BatchShare share, StepValues own)
    {
        (loss.Loss * share.Weight).backward();
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (set, place) in statistics)
            place.copy_(set).mul_(share.Part);
        numbers.copy_(cat([own.Sums, Numbers(own)]));
        processes.AllReduce(buffer);
        foreach (var (set, place) in statistics)
            set.copy_(place);
        var found = numbers.to(ScalarType.Float64).cpu().data<double>().ToArray();
        requests.Read(found.AsSpan(Metrics, RunRequests.Length));
        return new(
            own.Images, numbers.narrow(0, 0, own.Sums.shape[0]).clone().MoveToOuterDisposeScope(), (long)found[3],
            (long)found[4], numbers.narrow(0, Metrics + RunRequests.Length, processes.Size).amax([0])
                .to(ScalarType.Float32).MoveToOuterDisposeScope());
    }

    /// <summary>Adds gradients up over all processes, in place.</summary>
    /// <param name="gradients">Of the same parameters in every process.</param>
    public void Combine(IReadOnlyList<Tensor> gradients)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var flat = cat([.. gradients.Select(gradient => gradient.flatten())]);
        processes.AllReduce(flat);
        foreach (var (gradient, sum) in gradients.Zip(flat.split([.. gradients.Select(each => each.numel())])))
            gradient.copy_(sum.view(gradient.shape));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        statistics.ForEach(pair => pair.Place.Dispose());
        numbers.Dispose();
        buffer.Dispose();
    }

    /// <summary>Counts, requests, and the violation in this process's place: the largest is not a sum.</summary>
    private Tensor Numbers(StepValues own)
    {
        double[] counts = [own.CleanImages, own.AdversarialImages, .. requests.Write()];
        var violations = zeros(processes.Size, own.Sums.dtype, own.Sums.device);
        if (own.Violation is { } violation)
            violations[processes.Rank].copy_(violation);
        else
            violations[processes.Rank].fill_(double.NegativeInfinity);
        return cat([tensor(counts).to(own.Sums.dtype, own.Sums.device), violations]);
    }
}
