using Trainer.Robustness.Components;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Data.Augmentation;

/// <summary>
/// An immutable description of a random change to training images. It works on the whole batch at once, on its device.
/// </summary>
[ComponentKind("augmentations")]
public interface IAugmentation
{
    /// <summary>Whether images become partly of one class and partly of another.</summary>
    bool MixesLabels => false;

    /// <summary>
    /// Whether pixels are only moved within their image or set to zero, alike in every channel. Neither their values
    /// nor the number of channels may change what is drawn.
    /// </summary>
    bool MovesPixels => false;

    /// <summary>Changes a batch; the tensors that it is given stay as they are.</summary>
    /// <param name="batch">Of one row at least.</param>
    /// <param name="random">Where all randomness comes from.</param>
    AugmentedBatch Apply(AugmentedBatch batch, RandomSource random);
}
