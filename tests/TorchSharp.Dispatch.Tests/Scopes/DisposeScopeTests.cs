using Xunit;
using static TorchSharp.torch;

namespace TorchSharp.Dispatch.Tests.Scopes;

public sealed class DisposeScopeTests
{
    private static LifetimeStatistics Counts => DisposeScopeManager.Statistics.TensorStatistics;

    [Fact]
    public void A_scope_disposes_what_was_made_in_it()
    {
        Tensor inner, moved, detached;
        using (var outer = NewDisposeScope())
        {
            using (var scope = NewDisposeScope())
            {
                inner = ones(1);
                moved = (inner + 1).MoveToOuterDisposeScope();
                detached = ones(2).DetachFromDisposeScope();
                Assert.Equal(1, scope.DisposablesCount);
                Assert.True(scope.Contains(inner));
            }
            Assert.True(inner.IsInvalid);
            Assert.False(moved.IsInvalid);
            Assert.Equal([moved], outer.DisposablesView);
        }
        Assert.True(moved.IsInvalid);
        Assert.False(detached.IsInvalid);
        detached.Dispose();
    }

    [Fact]
    public void The_current_scope_is_the_innermost_one()
    {
        var before = CurrentDisposeScope;
        using (var outer = NewDisposeScope())
        {
            using (var inner = NewDisposeScope()) Assert.Same(inner, CurrentDisposeScope);
            Assert.Same(outer, CurrentDisposeScope);
        }
        Assert.Same(before, CurrentDisposeScope);
    }

    [Fact]
    public void A_tensor_disposed_by_hand_leaves_its_scope()
    {
        using var scope = NewDisposeScope();
        var first = ones(1);
        var second = ones(1);
        var third = ones(1);
        first.Dispose();
        Assert.Equal(2, scope.DisposablesCount);
        third.Dispose();
        second.Dispose();
        Assert.Equal(0, scope.DisposablesCount);
    }

    [Fact]
    public void Moving_outside_all_scopes_leaves_the_tensor_to_its_owner()
    {
        Tensor kept;
        using (NewDisposeScope()) kept = ones(1).MoveToOuterDisposeScope();
        Assert.False(kept.IsInvalid);
        kept.Dispose();
    }

    [Fact]
    public void Everything_but_some_is_disposed_on_demand()
    {
        using var scope = NewDisposeScope();
        var gone = ones(1);
        var kept = scope.DisposeEverythingBut(ones(2));
        Assert.True(gone.IsInvalid);
        Assert.Equal([kept], scope.DisposablesView);
        scope.DisposeEverything();
        Assert.True(kept.IsInvalid);
    }

    [Fact]
    public void A_scope_can_take_a_tensor_over_and_hand_it_to_another()
    {
        var outside = ones(1);
        using var outer = NewDisposeScope();
        using var inner = NewDisposeScope();
        outer.Attach(outside);
        Assert.Equal(1, outer.DisposablesCount);
        outside.MoveToOtherDisposeScope(inner);
        Assert.Equal(0, outer.DisposablesCount);
        Assert.True(inner.Contains(outside));
        Assert.Throws<InvalidOperationException>(() => outer.Attach(new MemoryStream()));
    }

    [Fact]
    public void A_tensor_follows_another_into_its_scope()
    {
        using var outer = NewDisposeScope();
        var here = ones(1);
        using var inner = NewDisposeScope();
        var there = ones(1).MoveToOtherDisposeScope(here);
        Assert.True(outer.Contains(there));
        Assert.Equal(0, inner.DisposablesCount);
    }

    [Fact]
    public void An_outer_scope_may_go_before_an_inner_one()
    {
        var before = CurrentDisposeScope;
        var outer = NewDisposeScope();
        var inner = NewDisposeScope();
        outer.Dispose();
        Assert.Same(inner, CurrentDisposeScope);
        inner.Dispose();
        Assert.Same(before, CurrentDisposeScope);
        Assert.Throws<ObjectDisposedException>(() => outer.DisposablesCount);
        outer.Dispose();
    }

    [Fact]
    public void A_wrapped_expression_leaves_its_result_alone()
    {
        using var scope = NewDisposeScope();
        var result = WrappedTensorDisposeScope(() => ones(2) + ones(2) * 3);
        Assert.Equal(1, scope.DisposablesCount);
        Assert.Equal(8f, result.sum().item<float>());
    }

    [Fact]
    public void The_counts_tell_inside_from_outside()
    {
        DisposeScopeManager.Statistics.Reset();
        ones(1).Dispose();
        var outside = ones(1);
        using (var scope = NewDisposeScope())
        {
            scope.Attach(outside);
            ones(1).Dispose();
            ones(1).DetachFromDisposeScope().Dispose();
            Assert.Equal(1, Counts.ThreadTotalLiveCount);
        }
        Assert.Equal((2L, 2L), (Counts.CreatedOutsideScopeCount, Counts.CreatedInScopeCount));
        Assert.Equal((2L, 2L), (Counts.DisposedOutsideScopeCount, Counts.DisposedInScopeCount));
        Assert.Equal((1L, 1L), (Counts.AttachedToScopeCount, Counts.DetachedFromScopeCount));
        Assert.Equal(0, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.StartsWith("ThreadTotalLiveCount: 0;", DisposeScopeManager.Statistics.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Scopes_and_counts_belong_to_their_thread()
    {
        using var scope = NewDisposeScope();
        var mine = ones(1);
        var (counted, scopes) = (-1L, scope);
        Tensor? elsewhere = null;
        var thread = new Thread(() =>
        {
            scopes = CurrentDisposeScope;
            elsewhere = ones(1);
            counted = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        });
        thread.Start();
        thread.Join();
        Assert.Null(scopes);
        Assert.Equal(1, counted);
        Assert.Equal([mine], scope.DisposablesView);
        elsewhere!.Dispose();
    }

    [Fact]
    public void A_loop_of_scopes_keeps_the_number_of_tensors_flat()
    {
        using var parameter = ones(3).requires_grad_();
        long? steady = null;
        for (var step = 0; step < 20; step++)
        {
            using (NewDisposeScope())
            {
                var loss = (parameter * 2 - ones(3)).square().sum();
                loss.backward();
                using (no_grad()) parameter.sub_(parameter.grad! * 0.1);
                parameter.grad!.zero_();
            }
            steady ??= Tensor.TotalCount;
            Assert.Equal(steady, Tensor.TotalCount);
        }
    }

    [Fact]
    public void The_collector_frees_what_nobody_disposed()
    {
        Forget();
        var before = Tensor.TotalCount;
        for (var i = 0; i < 10; i++) Forget();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.InRange(Tensor.TotalCount, 0, before);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void Forget() => _ = ones(1000);
}
