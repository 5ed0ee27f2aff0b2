using System.Runtime.InteropServices;
using Serilog;
using TorchSharp;
using Trainer.Robustness.Attacks;

namespace Trainer.Engine.Devices;

/// <summary>
/// Keeps one recording for each kind of work and shape of its inputs. A recording is used once it has given, on two batches and to
/// the bit, what the operators themselves gave.
/// </summary>
/// <param name="record">Records operators; the result replays them.</param>
/// <param name="warn">Told why some work is not replayed.</param>
public sealed class OperatorGraphs(Func<Action, IOperatorGraph> record, Action<string> warn) : IOperatorGraphs, IDisposable
{
    // A run has whole and last batches of one or two attacks. Each recording keeps its memory, so that a caller whose keys never repeat must not go on.
    private const int Most = 8;
    // The batch that it was made on, and one that it has not seen.
    private const int Confirmations = 2;
    private readonly Dictionary<(object Key, string Inputs), Recording?> recordings = [];
    private bool wasAsked;

    /// <summary>For a device: null, after a warning, where there are no graphs.</summary>
    /// <param name="device">Where the operators run.</param>
    /// <param name="log">Takes what is said.</param>
    public static OperatorGraphs? For(Device device, ILogger log)
    {
        var native = typeof(torch).Assembly.GetType("TorchDispatch.CudaGraph");
        var lacks = device.type != DeviceType.CUDA ? $"the run is on {device}"
            : native is null ? "this build is on TorchSharp's package, which has none; scripts/setup.sh with TRAINER_TORCH=system builds on the machine's own libtorch"
            : native.GetProperty("IsSupported")?.GetValue(null) is not true ? "the native part was built without the CUDA runtime's headers (CUDA_HOME names a toolkit to scripts/build-native.sh)"
            : null;
        if (lacks is null)
            return new(work => Recorded(native!, device.index, work), text => log.Warning("{Graphs:l}", text));
        log.Warning("cudaGraphs: {Lacks:l}; each operator is called", lacks);
        return null;
    }

    /// <inheritdoc/>
    public Tensor Run(object key, IReadOnlyList<Tensor> inputs, Func<IReadOnlyList<Tensor>, Tensor> work)
    {
        wasAsked = true;
        var kind = (key, string.Join(", ", inputs.Select(input => $"{input.dtype} [{string.Join(", ", input.shape)}] by [{string.Join(", ", input.stride())}]")));
        var known = recordings.TryGetValue(kind, out var recording);
        if (recording is { Confirmed: Confirmations })
            return recording.Replay(inputs);
        // Called before it is recorded: libraries prepare themselves on a first call, and memory for that is not to be the graph's.
        var called = work(inputs);
        if (recording is not null || (!known && recordings.Count < Most))
            recordings[kind] = Confirmed(kind, recording, inputs, work, called);
        return called;
    }

    /// <summary>Ends the attack of a batch at the full radius: warns, once, where no work came to be recorded.</summary>
    public void EndAttack()
    {
        if (!wasAsked)
            warn("cudaGraphs: this attack is not recorded, its operators are called; expected pgd, bim or fgsm on the cross-entropy or TRADES's divergence, without restarts, on a network in evaluation mode");
        wasAsked = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var recording in recordings.Values)
            recording?.Dispose();
        recordings.Clear();
    }

    private static NativeGraph Recorded(Type native, int device, Action work) =>
        new NativeGraph((IDisposable)native.GetMethod("Record")!.CreateDelegate<Func<int, Action, object>>()(device, work));

    /// <summary>The recording, made where there is none yet, if a replay gives what was called; else null, after a warning.</summary>
    private Recording? Confirmed(
        (object Key, string Inputs) kind, Recording? recording, IReadOnlyList<Tensor> inputs, Func<IReadOnlyList<Tensor>, Tensor> work, Tensor called)
    {
        string reason;
        try
        {
            recording ??= new(inputs, work, record);
            using var replayed = recording.Replay(inputs);
            using var same = replayed.eq(called).all();
            if (same.item<bool>())
            {
                recording.Confirmed++;
                return recording;
            }
            reason = "a replay gives other numbers; operators that are not deterministic are the usual cause";
        }
        catch (ExternalException exception)
        {
            reason = exception.Message.Split('\n')[0];
        }
        catch (NotSupportedException exception)
        {
            throw new TrainerException(ErrorKind.Device,
                $"cudaGraphs: {kind.Key} cannot be recorded, and libtorch cannot go on after it: {exception.Message.Split('\n')[0].TrimEnd('.')}. The same line with TRAINER_CUDAGRAPHS=false goes on from the last checkpoint.", exception);
        }
        recording?.Dispose();
        warn($"cudaGraphs: {kind.Key} of {kind.Inputs} is not replayed, its operators are called: {reason}");
        return null;
    }

    private sealed class Recording : IDisposable
    {
        private readonly Tensor[] inputs;
        private readonly IOperatorGraph graph;
        private Tensor? output;

        public Recording(IReadOnlyList<Tensor> like, Func<IReadOnlyList<Tensor>, Tensor> work, Func<Action, IOperatorGraph> record)
        {
            inputs = [.. like.Select(input => input.clone().DetachFromDisposeScope())];
            try
            {
                graph = record(() =>
                {
                    using var scope = NewDisposeScope();
                    output?.Dispose();
                    output = work(inputs).DetachFromDisposeScope();
                });
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        /// <summary>On how many batches it gave the operators' numbers.</summary>
        public int Confirmed { get; set; }

        public Tensor Replay(IReadOnlyList<Tensor> from)
        {
            using var noGrad = no_grad();
            foreach (var (to, input) in inputs.Zip(from))
                to.copy_(input);
            graph.Replay();
            return output!.clone();
        }

        public void Dispose()
        {
            graph?.Dispose();
            output?.Dispose();
            foreach (var input in inputs)
                input.Dispose();
        }
    }

    private sealed class NativeGraph(IDisposable native) : IOperatorGraph
    {
        private readonly Action replay = native.GetType().GetMethod("Replay")!.CreateDelegate<Action>(native);

        public void Replay() => replay();

        public void Dispose() => native.Dispose();
    }
}
