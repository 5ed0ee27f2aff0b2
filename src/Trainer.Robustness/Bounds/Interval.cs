namespace Trainer.Robustness.Bounds;

/// <summary>
/// Bounds of the values of a batch, as lower and upper ends or as centre and radius. What is asked for is computed
/// once.
/// </summary>
internal sealed class Interval
{
    private readonly Func<Interval>? values;
    private readonly Func<Tensor, Tensor, Interval>? ofChannels;
    private Tensor? lower;
    private Tensor? upper;
    private Tensor? center;
    private Tensor? radius;
    private Interval? computed;

    private Interval(Func<Interval>? values = null, Func<Tensor, Tensor, Interval>? ofChannels = null) =>
        (this.values, this.ofChannels) = (values, ofChannels);

    public Tensor Lower => lower ??= Center - Radius;

    public Tensor Upper => upper ??= Center + Radius;

    public Tensor Center => center ??= Computed?.Center ?? (lower! + upper!) * 0.5;

    public Tensor Radius => radius ??= Computed?.Radius ?? (upper! - lower!) * 0.5;

    /// <summary>The largest absolute value.</summary>
    public Tensor Magnitude => maximum(Lower.abs(), Upper.abs());

    /// <summary>Centre and radius, each still to be multiplied by a factor.</summary>
    public (Tensor Center, Tensor Radius, double Factor) Scaled => center is null && lower is not null
        ? (lower + upper!, upper! - lower, 0.5) : (Center, Radius, 1);

    private Interval? Computed => computed ??= values?.Invoke();

    private bool HasEnds => lower is not null && upper is not null;

    /// <param name="lower">Float [N, …].</param>
    /// <param name="upper">Float [N, …], nowhere below.</param>
    public static Interval Between(Tensor lower, Tensor upper) => new() { lower = lower, upper = upper };

    /// <param name="center">Float [N, …].</param>
    /// <param name="radius">Float [N, …], nowhere below 0.</param>
    public static Interval Around(Tensor center, Tensor radius) => new() { center = center, radius = radius };

    /// <summary>An interval that is computed when it is asked for.</summary>
    /// <param name="values">Computes it.</param>
    /// <param name="ofChannels">Computes it with its channels scaled and shifted, as <see cref="OfChannels"/>.</param>
    public static Interval Deferred(Func<Interval> values, Func<Tensor, Tensor, Interval> ofChannels) =>
        new(values, ofChannels);

    /// <summary>Computes ends, centre and radius, in the caller's dispose scope.</summary>
    public void Compute() => _ = (Lower, Upper, Center, Radius);

    /// <summary>The interval of x · scale + shift.</summary>
    /// <param name="scale">Float [C].</param>
    /// <param name="shift">Float [C].</param>
    public Interval OfChannels(Tensor scale, Tensor shift)
    {
        if (ofChannels is not null)
            return ofChannels(scale, shift);
        long[] shape = [1, -1, .. Enumerable.Repeat(1L, (int)Center.dim() - 2)];
        return Around((Center * scale.reshape(shape)) + shift.reshape(shape), Radius * scale.abs().reshape(shape));
    }

    /// <summary>The interval of a sum with weights that are not negative, or of another order of the values.</summary>
    public Interval Map(Func<Tensor, Tensor> sum) =>
        HasEnds ? Between(sum(Lower), sum(Upper)) : Around(sum(Center), sum(Radius));

    /// <summary>The sums of both intervals' values.</summary>
    public Interval Add(Interval other) => !HasEnds && !other.HasEnds
        ? Around(Center + other.Center, Radius + other.Radius)
        : Between(Lower + other.Lower, Upper + other.Upper);

    /// <summary>With all values that are no farther away than an error.</summary>
    /// <param name="error">Float [N, …], nowhere below 0.</param>
    public Interval Widen(Tensor error) => HasEnds ? Between(Lower - error, Upper + error)
        : Around(Center, Radius + error);

    /// <summary>The values that are in both.</summary>
    public Interval Intersect(Interval other) =>
        Between(maximum(Lower, other.Lower), minimum(Upper, other.Upper));
}
