# A function with more parameters than the file has expressions.
def f(a, b, c, d, e, g, h, i, j, k, l, m, n, o, *args):
    for x in args:
        x()  #> UNRESOLVED unknown-value
