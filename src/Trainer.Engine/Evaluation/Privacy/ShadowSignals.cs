namespace Trainer.Engine.Evaluation.Privacy;

/// <summary>What a shadow model, or the target, says of the audited examples.</summary>
/// <param name="Phi">The logit-scaled confidence in the label of each, of <see cref="LogitConfidence"/>.</param>
/// <param name="IsMember">Whether the model was trained on each.</param>
/// <param name="Population">The logit-scaled confidence of images that no model was trained on.</param>
internal sealed record ShadowSignals(double[] Phi, bool[] IsMember, double[] Population)
{
    /// <summary>What it says of some of the examples.</summary>
    public ShadowSignals Only(int[] places) => this with
    {
        Phi = Array.ConvertAll(places, place => Phi[place]),
        IsMember = Array.ConvertAll(places, place => IsMember[place]),
    };
}
