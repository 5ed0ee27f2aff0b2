namespace Trainer.Robustness.Bounds;

/// <summary>Bounds of the values of a batch, as lower and upper ends or as centre and radius.</summary>
internal sealed class Interval
{
    private Tensor? lower;
    private Tensor? upper;
    private Tensor? center;
    private Tensor? radius;

    private Interval()
    {
    }

    public Tensor Lower => lower ??= center! - radius!;

    public Tensor Upper => upper ??= center! + radius!;

    public Tensor Center => center ??= (lower! + upper!) / 2;

    public Tensor Radius => radius ??= (upper! - lower!) / 2;

    /// <summary>The largest absolute value.</summary>
    public Tensor Magnitude => maximum(Lower.abs(), Upper.abs());

    /// <param name="lower">Float [N, …].</param>
    /// <param name="upper">Float [N, …], nowhere below.</param>
    public static Interval Between(Tensor lower, Tensor upper) => new() { lower = lower, upper = upper };

    /// <param name="center">Float [N, …].</param>
    /// <param name="radius">Float [N, …], nowhere below 0.</param>
    public static Interval Around(Tensor center, Tensor radius) => new() { center = center, radius = radius };

    /// <summary>The interval of a sum with weights that are not negative, or of another order of the values.</summary>
    public Interval Map(Func<Tensor, Tensor> sum) =>
        lower is null ? Around(sum(Center), sum(Radius)) : Between(sum(Lower), sum(Upper));

    /// <summary>The sums of both intervals' values.</summary>
    public Interval Add(Interval other) => lower is null && other.lower is null
        ? Around(Center + other.Center, Radius + other.Radius)
        : Between(Lower + other.Lower, Upper + other.Upper);

    /// <summary>The values that are in both.</summary>
    public Interval Intersect(Interval other) =>
        Between(maximum(Lower, other.Lower), minimum(Upper, other.Upper));
}
