namespace Trainer.Robustness.Threats;

/// <summary>
/// The nearest image, in the Euclidean sense, of those in the box [0, 1] and within a radius of the original in L1
/// (Croce and Hein 2021, arXiv:2103.01208, proposition 2.1): each change is shortened by one and the same amount, but
/// none to less than nothing, and cut where it leaves the box.
/// </summary>
internal static class L1Projection
{
    // Of the values of a changed image in [0, 1], four standard deviations of the rounding to float32: a sum over D of
    // them has as much times the root of D.
    private const double Rounding = 7e-8;

    /// <param name="images">Float32 [N, C, H, W] in [0, 1].</param>
    /// <param name="change">Float32 [N, C, H, W]: what was added to them; not modified.</param>
    /// <param name="radius">In image units.</param>
    /// <returns>
    /// Float32 [N, C, H, W], within the radius to the last bits: it aims shorter by what rounding takes.
    /// </returns>
    public static Tensor OnBallAndBox(Tensor images, Tensor change, double radius)
    {
        using var scope = NewDisposeScope();
        var length = change.flatten(1).abs();
        var (original, outward) = (images.flatten(1), change.flatten(1));
        // What the box leaves of each change.
        var room = minimum(where(outward > 0, 1 - original, original), length).clamp_(min: 0);
        var aim = radius - Rounding * Math.Sqrt(length.shape[1]);
        if (aim <= 0)
            return images.clone().MoveToOuterDisposeScope();
        var kept = Kept(length, room, Shortening(length, room, aim));
        return (original + outward.sign() * kept).clamp_(0, 1).reshape(images.shape).MoveToOuterDisposeScope();
    }

    private static Tensor Kept(Tensor length, Tensor room, Tensor amount) =>
        minimum((length - amount).clamp_(min: 0), room);

    /// <summary>
    /// The smallest amount of at least 0 by which to shorten the changes, so that what is kept of them sums up to the
    /// radius at most. The sum falls with the amount along straight pieces: a value begins to shrink where the
    /// shortened change leaves the box's face, and ends at the full change.
    /// </summary>
    private static Tensor Shortening(Tensor length, Tensor room, double radius)
    {
        using var scope = NewDisposeScope();
        var whole = room.sum(1, keepdim: true);
        var begin = length - room;
        var (ends, order) = cat([begin, length], 1).sort(1);
        var shrinking = where(order < length.shape[1], ones_like(ends), -ones_like(ends)).cumsum(1);
        var falls = (ends.narrow(1, 1, ends.shape[1] - 1) - ends.narrow(1, 0, ends.shape[1] - 1)) * shrinking.narrow(
            1, 0, ends.shape[1] - 1);
        var sums = cat([whole, whole - falls.cumsum(1)], 1);
        // The last end at which the sum is still too large.
        var piece = ((sums >= radius).sum(1, keepdim: true) - 1).clamp_(min: 0);
        var amount = ends.gather(1, piece) + (sums.gather(1, piece) - radius) / shrinking.gather(1, piece)
            .clamp_(min: 1);
        // The running sums have lost digits where much is taken away: Newton's steps on what is kept give them back.
        for (var step = 0; step < 2; step++)
        {
            var falling = (begin <= amount).logical_and(length > amount).sum(1, keepdim: true).clamp_(min: 1);
            amount.add_((Kept(length, room, amount).sum(1, keepdim: true) - radius) / falling);
        }
        return where(whole > radius, amount, zeros_like(amount)).MoveToOuterDisposeScope();
    }
}
