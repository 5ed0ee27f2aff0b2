using Trainer.Robustness.Losses;
using Trainer.Robustness.Native;

namespace Trainer.Robustness;

/// <summary>
/// What every attack needs: a network over images in [0, 1], its number of classes and the normalisation before it.
/// </summary>
public sealed class Classifier : IDisposable
{
    internal const string WhereToLook = "Look at the weights, and at layers that divide or take a root or a logarithm.";
    private readonly EvaluationMode evaluationMode;
    private readonly NewShapeLock newShapes;
    private readonly Tensor? mean;
    private readonly Tensor? deviation;
    private readonly ScalarType precision;
    private readonly FiniteCheck? check;
    private readonly NaNGradients? watch;
    // Images through forward and backward passes; shared with the copies that count here.
    private readonly long[] passes = new long[2];

    /// <summary>
    /// Describes a network; does not own it. On a processor where oneDNN computes one of the network's convolutions
    /// wrongly on the CPU, it is switched off for the whole process, which stays so (<see cref="OneDnn"/>).
    /// </summary>
    /// <param name="network">
    /// Maps normalised images [N, C, H, W] to logits [N, K], in its parameters' dtype and on their device.
    /// </param>
    /// <param name="classes">K, at least 2.</param>
    /// <param name="normalisation">Applied before the network; null for none. Not part of the state dict.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than two classes.</exception>
    /// <exception cref="ArgumentException">The options of the normalisation do not fit together.</exception>
    /// <exception cref="NotSupportedException">
    /// oneDNN is wrong for the network, and cannot be switched off on this system.
    /// </exception>
    public Classifier(Module network, int classes, Normalisation? normalisation = null)
    {
        Network = network;
        Classes = Components.Require.AtLeast(2, classes);
        Normalisation = normalisation;
        List<TorchSharp.torch.nn.Module> modules = [network, .. network.modules()];
        evaluationMode = new(modules);
        OneDnn.DisableIfWrongFor(modules);
        newShapes = new(modules);
        var parameter = network.parameters().FirstOrDefault();
        precision = parameter?.dtype ?? ScalarType.Float32;
        Parameters = parameter is null ? null : (parameter.dtype, parameter.device);
        if (normalisation is null)
            return;
        Components.Require.Consistent(normalisation);
        mean = Normalisation.Tensor(normalisation.Mean, parameter?.device ?? CPU);
        deviation = Normalisation.Tensor(normalisation.Deviation, parameter?.device ?? CPU);
    }

    private Classifier(Classifier classifier, long[] passes, FiniteCheck? check, NaNGradients? watch)
    {
        (Network, Classes, Normalisation) = (classifier.Network, classifier.Classes, classifier.Normalisation);
        (evaluationMode, newShapes, mean, deviation) = (classifier.evaluationMode, classifier.newShapes,
            classifier.mean, classifier.deviation);
        (precision, Parameters) = (classifier.precision, classifier.Parameters);
        (this.passes, this.check, this.watch) = (passes, check, watch);
    }

    /// <summary>The network, without the normalisation.</summary>
    public Module Network { get; }

    /// <summary>The number of classes K.</summary>
    public int Classes { get; }

    /// <summary>Applied before the network; null for none.</summary>
    public Normalisation? Normalisation { get; }

    /// <summary>Mean and deviation as images are normalised by them: float32 [1, C, 1, 1]; null for none.</summary>
    internal (Tensor Mean, Tensor Deviation)? Factors => mean is null ? null : (mean, deviation!);

    /// <summary>Of the network's first parameter; null where it has none.</summary>
    internal (ScalarType Dtype, Device Device)? Parameters { get; }

    /// <summary>
    /// How many images have gone through <see cref="Logits"/> and through
    /// <see cref="AttackLoss.At(Classifier, Tensor)"/>'s backward, on all threads, since the classifier was made.
    /// </summary>
    public PassCount Passes => new(Interlocked.Read(ref passes[0]), Interlocked.Read(ref passes[1]));

    /// <summary>The network's outputs before the softmax.</summary>
    /// <param name="images">Float32 [N, C, H, W] in [0, 1].</param>
    /// <returns>Logits [N, K], float32 also where the network computes in half precision.</returns>
    /// <exception cref="ArgumentException">The network returns another shape.</exception>
    public Tensor Logits(Tensor images)
    {
        Interlocked.Add(ref passes[0], images.shape[0]);
        if (images.shape[0] == 0)
            return zeros([0, Classes], precision == ScalarType.Float64 ? precision : ScalarType.Float32, images.device);
        using var scope = NewDisposeScope();
        var input = mean is null ? images : (images - mean) / deviation!;
        var half = precision is ScalarType.BFloat16 or ScalarType.Float16;
        var logits = Network.call(half ? input.to(precision) : input);
        if (!logits.shape.AsSpan().SequenceEqual([images.shape[0], Classes]))
        {
            throw new ArgumentException(
                $"Found logits of shape [{string.Join(", ", logits.shape)}], expected [{images.shape[0]}, {Classes}]: "
                + "one for each class.");
        }
        check?.CheckLogits(logits);
        return (half ? logits.to(ScalarType.Float32) : logits).MoveToOuterDisposeScope();
    }

    /// <summary>The most likely class of each image, without a graph. Waits for the device.</summary>
    /// <param name="images">Float32 [N, C, H, W] in [0, 1].</param>
    /// <returns>Int64 [N].</returns>
    /// <exception cref="NotFiniteNumberException">Logits are NaN or infinite: no class is the most likely.</exception>
    public Tensor Predict(Tensor images)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var logits = Logits(images);
        var others = logits.isfinite().all(1).logical_not().sum().item<long>();
        return others == 0 ? logits.argmax(1).MoveToOuterDisposeScope() : throw new NotFiniteNumberException(
            $"Found logits that are NaN or infinite at {others} of {images.shape[0]} images, expected finite numbers. "
            + $"{WhereToLook}");
    }

    /// <summary>
    /// The most likely class of each image, without a graph; of logits that are not finite, any class.
    /// </summary>
    /// <param name="images">Float32 [N, C, H, W] in [0, 1].</param>
    /// <returns>Int64 [N].</returns>
    public Tensor PredictUnchecked(Tensor images)
    {
        using var noGrad = no_grad();
        using var logits = Logits(images);
        return logits.argmax(1);
    }

    /// <summary>
    /// Puts every module into evaluation mode until the result is disposed, which restores each module's own mode. Of
    /// scopes of this classifier that overlap, on several threads, the one that ends last restores the modes.
    /// </summary>
    public IDisposable InEvaluationMode() => evaluationMode.Enter();

    /// <summary>
    /// The same network, of whose gradients those that are NaN are counted; not to be disposed, for it shares what this
    /// one owns.
    /// </summary>
    /// <param name="gradients">Counts them, of attacks on one thread.</param>
    public Classifier Watched(NaNGradients gradients) => new(this, passes, check, gradients);

    /// <summary>
    /// Before the gradient of images is computed; to be disposed after it: see <see cref="NewShapeLock"/>.
    /// </summary>
    internal IDisposable? LockIfNew(Tensor images) => newShapes.Enter(images);

    /// <summary>
    /// The same network, which refuses logits and gradients that are not finite; not to be disposed, for it shares what
    /// this one owns.
    /// </summary>
    /// <param name="images">Float [N, C, H, W], which are attacked.</param>
    internal Classifier Checked(Tensor images) => new(this, passes, new(this, images), watch);

    /// <summary>The same network, whose passes another classifier counts and checks; not to be disposed.</summary>
    internal Classifier CountedBy(Classifier other) => new(this, other.passes, other.check, other.watch);

    /// <summary>Counts a backward pass.</summary>
    /// <param name="gradient">Float [N, C, H, W].</param>
    /// <param name="copies">How many copies of each image it went through.</param>
    internal void CountBackward(Tensor gradient, long copies)
    {
        Interlocked.Add(ref passes[1], copies * gradient.shape[0]);
        check?.CheckGradient(gradient);
        watch?.Add(gradient);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        mean?.Dispose();
        deviation?.Dispose();
    }
}

/// <summary>What a network was made to compute, counted in images.</summary>
/// <param name="Forward">Images through a forward pass.</param>
/// <param name="Backward">Images through a backward pass to the input.</param>
public readonly record struct PassCount(long Forward, long Backward)
{
    /// <summary>The passes between two counts.</summary>
    public static PassCount operator -(PassCount later, PassCount earlier) =>
        new(later.Forward - earlier.Forward, later.Backward - earlier.Backward);
}
