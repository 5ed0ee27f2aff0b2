namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A module of one input.</summary>
        public abstract class Module<T, TResult> :
            HookableModule<Func<Module<T, TResult>, T, T>, Func<Module<T, TResult>, T, TResult, TResult>>, IModule<T, TResult>
        {
            protected Module(string name) : base(name) { }

            public abstract TResult forward(T input);

            /// <summary>The hooks before, <see cref="forward"/>, and the hooks after; a hook's result other than null takes the place of what it was given.</summary>
            public TResult call(T input)
            {
                foreach (var hook in BeforeForward()) input = hook(this, input) ?? input;
                var result = forward(input);
                foreach (var hook in AfterForward()) result = hook(this, input, result) ?? result;
                return Finish(result);
            }
        }
    }
}
