using System.Globalization;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>Checks what an attack is called with. To read values waits for the device.</summary>
internal static class AttackArguments
{
    // What probabilities may add up to, besides 1: as float32 and bfloat16 leave them.
    private const double SumTolerance = 0.01;

    /// <summary>Checks all arguments against each other.</summary>
    /// <exception cref="ArgumentException">One does not fit.</exception>
    public static void Check(
        Classifier classifier, Tensor images, AttackLoss loss, ThreatModel threat, RandomSource random)
    {
        CheckThreat(threat);
        CheckForm(classifier, images);
        var examples = images.shape[0];
        CheckRandom(random, examples);
        CheckClasses(loss.Labels, "labels", examples, classifier.Classes);
        CheckDevice(loss.Labels, "labels", images);
        loss.Check(examples, classifier.Classes);
        if (examples > 0)
            CheckValues(images, nameof(images));
    }

    /// <summary>Checks norm and radius.</summary>
    /// <exception cref="ArgumentException">There is no such norm, or the radius is below 0.</exception>
    public static void CheckThreat(ThreatModel threat)
    {
        if (!Enum.IsDefined(threat.Norm) || !(threat.Epsilon >= 0))
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"Found the norm {threat.Norm} and epsilon {threat.Epsilon}, expected linf, l2 or l1 and at least 0."),
                nameof(threat));
        }
    }

    /// <summary>Checks for how many examples there are random numbers.</summary>
    /// <exception cref="ArgumentException">For another number.</exception>
    public static void CheckRandom(RandomSource random, long examples)
    {
        if (random.Examples is { } count && count != examples)
            throw new ArgumentException(
                $"Found a random source for {count} examples, expected one for {examples}.", nameof(random));
    }

    /// <summary>Checks one class for each example.</summary>
    /// <param name="classes">What is to be int64 [N], from 0 to K − 1.</param>
    /// <param name="name">What the message calls them.</param>
    /// <param name="examples">N.</param>
    /// <param name="count">K.</param>
    /// <exception cref="ArgumentException">They are not as described.</exception>
    public static void CheckClasses(Tensor classes, string name, long examples, int count)
    {
        if (classes.dtype != ScalarType.Int64)
            throw new ArgumentException(
                $"Found {name} of {classes.dtype}, expected Int64. Convert them: to(ScalarType.Int64).", name);
        if (!classes.shape.SequenceEqual([examples]))
            throw new ArgumentException(
                $"Found {name} of shape {Shape(classes)}, expected [{examples}], one for each image.", name);
        if (examples == 0)
            return;
        using var scope = NewDisposeScope();
        var (least, greatest) = (classes.min().item<long>(), classes.max().item<long>());
        if (least < 0 || greatest >= count)
            throw new ArgumentException(
                $"Found {name} from {least} to {greatest}, expected 0 to {count - 1} for {count} classes.", name);
    }

    /// <summary>Checks that no target is the example's own class, towards which nothing is an attack.</summary>
    /// <exception cref="ArgumentException">One is.</exception>
    public static void CheckTargets(Tensor targets, Tensor labels, int classes)
    {
        CheckClasses(targets, nameof(targets), labels.shape[0], classes);
        CheckDevice(targets, nameof(targets), labels);
        using var scope = NewDisposeScope();
        var same = targets.eq(labels).sum().item<long>();
        if (same > 0)
            throw new ArgumentException(
                $"Found the true class as the target of {same} images, expected another class.", nameof(targets));
    }

    /// <summary>Checks probabilities of the classes.</summary>
    /// <param name="probabilities">What is to be float [N, K], each row from 0 to 1 and adding up to 1.</param>
    /// <param name="name">What the message calls them.</param>
    /// <param name="examples">N.</param>
    /// <param name="classes">K.</param>
    /// <exception cref="ArgumentException">They are not as described.</exception>
    public static void CheckProbabilities(Tensor probabilities, string name, long examples, int classes)
    {
        if (!probabilities.is_floating_point() || !probabilities.shape.SequenceEqual([examples, classes]))
        {
            throw new ArgumentException(
                $"Found {name} of {probabilities.dtype} {Shape(probabilities)}, expected floating point [{examples}, "
                + $"{classes}].", name);
        }
        if (examples == 0)
            return;
        using var scope = NewDisposeScope();
        var outside = (probabilities.sum(1) - 1).abs().max().to(ScalarType.Float64).item<double>();
        if (!(probabilities.min().to(ScalarType.Float64).item<double>() >= 0 && outside <= SumTolerance))
            throw new ArgumentException(
                $"Found {name} that are no probabilities, expected rows of at least 0 that add up to 1.", name);
    }

    /// <summary>Checks dimensions, type, device and channels of images.</summary>
    /// <param name="classifier">What they are for.</param>
    /// <param name="images">What is to be float [N, C, H, W].</param>
    /// <param name="name">The argument's name.</param>
    /// <exception cref="ArgumentException">They do not fit.</exception>
    public static void CheckForm(Classifier classifier, Tensor images, string name = "images")
    {
        if (images.dim() != 4)
        {
            throw new ArgumentException(
                $"Found images of shape {Shape(images)}, expected [N, C, H, W]. "
                + "A single image becomes a batch by unsqueeze(0).",
                name);
        }
        var expected = classifier.Parameters is null && images.dtype == ScalarType.Float64
            || classifier.Parameters?.Dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        if (images.dtype != expected)
        {
            throw new ArgumentException(
                $"Found images of {images.dtype}, expected {expected} for this network. Convert them: "
                + $"to(ScalarType.{expected})"
                + (images.is_floating_point() ? "." : ", and divide bytes by 255."), name);
        }
        if (classifier.Parameters?.Device is { } device
            && (device.type != images.device_type || device.index != images.device_index))
            throw new ArgumentException(
                $"Found images on {images.device} and the network on {device}, expected one device.", name);
        if (classifier.Normalisation is { } normalisation && normalisation.Mean.Count != images.shape[1])
        {
            throw new ArgumentException(
                $"Found images of {images.shape[1]} channels and a normalisation of {normalisation.Mean.Count}, "
                + "expected as many.",
                name);
        }
    }

    /// <summary>Checks that the values of images are in [0, 1].</summary>
    /// <exception cref="ArgumentException">One is not.</exception>
    public static void CheckValues(Tensor images, string name)
    {
        using var scope = NewDisposeScope();
        var (least, greatest) = (images.min().to(ScalarType.Float64).item<double>(), images.max().to(ScalarType.Float64)
            .item<double>());
        if (double.IsNaN(least))
            throw new ArgumentException("Found NaN among the images, expected values in [0, 1].", name);
        if (least < 0 || greatest > 1)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"Found images with values from {least:G4} to {greatest:G4}, expected [0, 1]. Divide bytes by 255; "
                + $"a mean and a deviation belong to the classifier's normalisation."),
                name);
        }
    }

    /// <summary>Checks that values are on the device of the images.</summary>
    /// <exception cref="ArgumentException">They are on another.</exception>
    public static void CheckDevice(Tensor values, string name, Tensor images)
    {
        if (values.device_type != images.device_type || values.device_index != images.device_index)
            throw new ArgumentException(
                $"Found {name} on {values.device} and images on {images.device}, expected one device.", name);
    }

    private static string Shape(Tensor values) => $"[{string.Join(", ", values.shape)}]";
}
