namespace Trainer.Engine.Evaluation;

/// <summary>Holds the perturbations that an attack made against the bound that it declares.</summary>
public static class BoundCheck
{
    /// <summary>Ends the run where an attack broke its bound.</summary>
    /// <param name="violation">What the threat model measured: above zero, or NaN, is a breach.</param>
    /// <param name="attack">Whose perturbations they are.</param>
    /// <exception cref="InvalidOperationException">There is a breach.</exception>
    public static void Assert(float violation, string attack)
    {
        if (float.IsNaN(violation))
        {
            throw new InvalidOperationException(
                $"The attack {attack} returned values that are no numbers: the network's logits or their gradient are "
                + "not finite at some image. Mend the network, for instance a root or a logarithm at zero.");
        }
        if (violation > 0)
        {
            throw new InvalidOperationException(
                $"The attack {attack} left its declared bound or the box [0, 1] by {violation}. "
                + "Its results would mean nothing: mend the attack's projection, or the bound that it declares.");
        }
    }
}
