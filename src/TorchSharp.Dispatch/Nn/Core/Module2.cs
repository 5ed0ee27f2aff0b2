namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A module of two inputs.</summary>
        public abstract class Module<T1, T2, TResult> :
            HookableModule<Func<Module<T1, T2, TResult>, T1, T2, (T1, T2)?>, Func<Module<T1, T2, TResult>, T1, T2, TResult, TResult>>, IModule<T1, T2, TResult>
        {
            protected Module(string name) : base(name) { }

            public abstract TResult forward(T1 input1, T2 input2);

            /// <summary>The hooks before, <see cref="forward"/>, and the hooks after; a hook's result other than null takes the place of what it was given.</summary>
            public TResult call(T1 input1, T2 input2)
            {
                foreach (var hook in BeforeForward()) (input1, input2) = hook(this, input1, input2) ?? (input1, input2);
                var result = forward(input1, input2);
                foreach (var hook in AfterForward()) result = hook(this, input1, input2, result) ?? result;
                return Finish(result);
            }
        }
    }
}
