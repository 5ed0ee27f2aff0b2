namespace Trainer.Engine.Data.Poisoning;

/// <summary>An attack that leads every image with its trigger to one class, also at test time.</summary>
public interface IBackdoor : IPoison
{
    /// <summary>The class that images with the trigger are to be predicted as.</summary>
    int Target { get; }

    /// <summary>Those of the files that the trigger is read from.</summary>
    IReadOnlyList<string> TriggerFiles => [];

    /// <summary>Adds the trigger.</summary>
    /// <param name="images">Float64 [N, C, H, W] in [0, 1], on the CPU; not modified.</param>
    /// <returns>Float64 [N, C, H, W].</returns>
    Tensor Trigger(Tensor images);

    /// <summary>
    /// Adds the trigger to images of bytes, as they are in training and at test time: the result is rounded to the
    /// nearest of the 256 levels.
    /// </summary>
    /// <param name="images">UInt8 [N, C, H, W], on the CPU; not modified.</param>
    /// <returns>UInt8 [N, C, H, W].</returns>
    Tensor Triggered(Tensor images)
    {
        using var scope = NewDisposeScope();
        var triggered = Trigger(images.to(ScalarType.Float64).div(255));
        return PoisonRounding.ToBytes(triggered).MoveToOuterDisposeScope();
    }
}
